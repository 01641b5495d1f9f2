// The site works without this file. Each module looks for its own element and does nothing without it.
import { startCountdown } from "./countdown";
import { startLiveTimes } from "./live-times";
import { startVisitRefresh } from "./visit-refresh";

startCountdown(document);
startLiveTimes(document);
startVisitRefresh(document);
