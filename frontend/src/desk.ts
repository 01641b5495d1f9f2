// The staff pages work without this file too.
import { startBusy } from "./busy";
import { startLiveTimes } from "./live-times";

startBusy(document);
startLiveTimes(document);
