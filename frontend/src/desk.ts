// The staff pages work without this file too.
import { startBusy } from "./busy";
import { startColours } from "./colours";
import { startDrag } from "./drag";
import { startFields } from "./fields";
import { startGrid } from "./grid";
import { startLate } from "./late";
import { startLiveTimes } from "./live-times";
import { startLock } from "./lock";
import { startPasskeys } from "./passkeys";

startLock(document);
startPasskeys(document);
startBusy(document);
startColours(document);
startFields(document);
startLiveTimes(document);
startLate(document);
startGrid(document);
startDrag(document);
