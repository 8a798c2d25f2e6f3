// Progressive enhancement only: every page works without this file.
import {
  Button, CharacterCount, Checkboxes, createAll, ErrorSummary, NotificationBanner, PasswordInput, Radios, SkipLink,
} from "govuk-frontend";
import { startAutosave } from "./js/autosave.js";
import { drawNonce } from "./js/ballot.js";
import { countDown } from "./js/countdown.js";
import { previewFiles } from "./js/files.js";
import { offerPasskey } from "./js/passkey.js";
import { warnBeforeExpiry } from "./js/session.js";
import { guardUnsaved } from "./js/unsaved.js";
import { uploadInPieces } from "./js/upload.js";

const COMPONENTS = [
  Button, CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, PasswordInput, Radios, SkipLink,
];

COMPONENTS.forEach((component) => createAll(component));
document.querySelectorAll("input[type=file][data-files]").forEach(previewFiles);
document.querySelectorAll("input[type=file][data-upload-url]").forEach(uploadInPieces);
document.querySelectorAll("form[data-autosave-url]").forEach(startAutosave);
document.querySelectorAll("form[data-guard-unsaved]").forEach(guardUnsaved);
document.querySelectorAll("form[data-ballot=fresh]").forEach(drawNonce);
document.querySelectorAll("form[data-passkey]").forEach(offerPasskey);
document.querySelectorAll("[data-countdown]").forEach(countDown);
warnBeforeExpiry(document.body.dataset, document.querySelector("[data-session-dialog]"));
