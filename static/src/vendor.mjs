// Copies third-party files that are served or tested as they are: fonts, licences, axe.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { transformSync } from "esbuild";

const modules = "node_modules";
const web = `${modules}/pretendard/dist/web/variable`;

mkdirSync("static/fonts", { recursive: true });
mkdirSync("static/licences", { recursive: true });
cpSync(`${web}/woff2-dynamic-subset`, "static/fonts/pretendard", { recursive: true });

const css = readFileSync(`${web}/pretendardvariable-dynamic-subset.css`, "utf8");
const notice = "/* Pretendard, (c) 2021 Kil Hyung-jin, SIL Open Font License 1.1, see OFL.txt */\n";
const moved = css.replaceAll("./woff2-dynamic-subset/", "./pretendard/");
writeFileSync("static/fonts/pretendard.css", notice + transformSync(moved, { loader: "css", minify: true }).code);
cpSync(`${modules}/pretendard/dist/LICENSE.txt`, "static/fonts/OFL.txt");

mkdirSync("tests/e2e/vendor", { recursive: true });
cpSync(`${modules}/axe-core/axe.min.js`, "tests/e2e/vendor/axe.min.js");
cpSync(`${modules}/axe-core/LICENSE`, "tests/e2e/vendor/axe.LICENSE.txt");
