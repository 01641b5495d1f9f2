// What the cabinet needs beside the site's own file.
import { startPasskeys } from "./passkeys";
import { startPush } from "./push";

startPasskeys(document);
startPush(document);
