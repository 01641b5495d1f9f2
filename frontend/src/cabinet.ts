// What the cabinet needs beside the site's own file.
import { startPasskeys } from "./passkeys";

startPasskeys(document);
