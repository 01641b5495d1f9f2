// The site works without this file. Each module looks for its own element and does nothing without it.
import { startBusy } from "./busy";
import { startCountdown } from "./countdown";
import { startFields } from "./fields";
import { startLiveTimes } from "./live-times";
import { startNear } from "./near";
import { startVisitRefresh } from "./visit-refresh";

startBusy(document);
startCountdown(document);
startFields(document);
startLiveTimes(document);
startNear(document);
startVisitRefresh(document);
