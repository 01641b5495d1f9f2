// The site works without this file. Each module looks for its own element and does nothing without it.
import { startBusy } from "./busy";
import { startCheckup } from "./checkup";
import { startConnection } from "./connection";
import { startCounters } from "./counters";
import { startCountdown } from "./countdown";
import { startDialogs } from "./dialogs";
import { startFields } from "./fields";
import { startInstall } from "./install";
import { startKeptVisits } from "./kept-visits";
import { startLiveTimes } from "./live-times";
import { startNear } from "./near";
import { startPrices } from "./prices";
import { startResend } from "./resend";
import { startShare } from "./share";
import { startVisitRefresh } from "./visit-refresh";

// Before all that listens to a form: who leaves is forgotten here though nothing can be sent.
startKeptVisits(document);
// Before all others: a form that can't be sent must not look sent.
startConnection(document);
startDialogs(document);
startBusy(document);
startCheckup(document);
startCountdown(document);
startCounters(document);
startFields(document);
startInstall(document);
startLiveTimes(document);
startNear(document);
startPrices(document);
startResend(document);
startShare(document);
startVisitRefresh(document);
