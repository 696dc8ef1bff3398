// Bundles: node build.mjs [--out FOLDER]. Unit tests: node build.mjs --test.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  write: false,
  target: ["es2022", "chrome105", "firefox115", "safari16"],
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  // What ends in _ belongs to one bundle alone, so it may get a short name.
  mangleProps: /[a-z]_$/,
  plugins: [styles(), ...(process.argv.includes("--preact") ? [] : [renderer()])],
  logLevel: "warning",
};

// In the widget these too, which no JSON, no key of the words, no other bundle and no browser knows.
const ours = /[a-z]_$|^(phase|kept|outbox|problem|changing|emailError|mayNotSkip|resumed|thinking|mayAsk|startAgain|choose|retry|parts|bubbles|retryAfter|onChange|onEvent|saveOutbox|mine|below|part|wake|onPage|lost|refused|region|draft|alone|look|load|save|news|extra|empty|types|begin|unheard|last|dismiss|silence|comment|poll|chat|words|phone|running|echo|say|side|group|bubble|setState|props|render|partial|way|event|current|componentDidMount|componentDidUpdate|componentWillUnmount|getSnapshotBeforeUpdate)$/;

// `import css from "./x.css"` is the minified text: it goes into an adopted style sheet.
function styles() {
  return {
    name: "styles",
    setup(build) {
      build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
        if (isConsole(path)) return undefined;
        const made = await esbuild.transform(readFileSync(path, "utf8"), { loader: "css", minify: true, target: common.target });
        return { contents: made.code.trim(), loader: "text" };
      });
    },
  };
}

// The panel draws with panel/draw.ts, which says why. The console's scripts have Preact itself.
function renderer() {
  return {
    name: "renderer",
    setup(build) {
      build.onResolve({ filter: /^preact(\/jsx-runtime)?$/ }, ({ importer }) =>
        isConsole(importer) ? undefined : { path: join(here, "panel", "draw.ts") },
      );
    },
  };
}

// In our own console/, however the folders above this one are named.
const isConsole = (path) => relative(here, path).split(sep)[0] === "console";
const hashOf = (content) => createHash("sha256").update(content).digest("hex").slice(0, 10);
const scripts = (folder) =>
  existsSync(join(here, folder)) ? readdirSync(join(here, folder)).filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts")) : [];

async function bundle(out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, "hashed"), { recursive: true });
  const made = {};
  const put = (name, content) => {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), content);
    made[name] = { bytes: content.length, gzip: gzipSync(content, { level: 9 }).length, hash: hashOf(content) };
  };
  const one = async (options) => Buffer.from((await esbuild.build({ ...common, ...options })).outputFiles[0].contents);

  const labels = {}, locales = {}, words = {};
  for (const file of readdirSync(join(here, "locales"))) {
    const lang = basename(file, ".json");
    const content = JSON.parse(readFileSync(join(here, "locales", file), "utf8"));
    const text = Buffer.from(JSON.stringify(content));
    const lost = Object.keys(content).filter((key) => ours.test(key));
    if (lost.length) throw new Error(`a key of the words may not get a short name: ${lost}`);
    locales[lang] = `${lang}-${hashOf(text)}.json`;
    labels[lang] = [content["launcher.open"], content.$dir, `${content["error.site"]} ${content["error.again"]}.`];
    words[lang] = content;
    put(`hashed/${locales[lang]}`, text);
  }
  const facts = { LABELS: JSON.stringify(labels), LOCALES: JSON.stringify(locales) };

  const widget = (options) => one({ mangleProps: ours, ...options });
  const panel = await widget({ entryPoints: ["panel/index.tsx"], format: "esm", define: { ...facts, WORDS: "null" } });
  const name = `panel-${hashOf(panel)}.js`;
  put(`hashed/${name}`, panel);
  put("widget.js", await widget({ entryPoints: ["launcher/lazy.ts"], format: "iife", define: { ...facts, PANEL: JSON.stringify(name) } }));
  put("widget.single.js", await widget({ entryPoints: ["launcher/single.ts"], format: "iife", define: { ...facts, WORDS: JSON.stringify(words) } }));

  // The console's own scripts, one bundle for each file of console/, and the htmx that goes with them.
  for (const file of scripts("console")) {
    put(`console/${file.replace(/\.tsx?$/, ".js")}`, await one({ entryPoints: [`console/${file}`], format: "esm", define: { ...facts, WORDS: "null" } }));
  }
  const htmx = join(here, "node_modules", "htmx.org", "dist");
  if (existsSync(htmx)) {
    put("console/htmx.js", readFileSync(join(htmx, "htmx.min.js")));
    for (const name of ["hx-sse", "hx-csp", "hx-preload", "hx-pending", "hx-head"]) {
      put(`console/${name}.js`, readFileSync(join(htmx, "ext", `${name}.min.js`)));
    }
  }
  writeFileSync(join(out, "manifest.json"), JSON.stringify({ panel: name, locales, files: made }, null, 1));
  for (const [name, { bytes, gzip }] of Object.entries(made)) console.log(`${name} ${bytes} bytes, ${gzip} gzip`);
}

async function test() {
  const out = join(here, "node_modules", ".cache", "warmline-test");
  rmSync(out, { recursive: true, force: true });
  const entryPoints = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts")).map((name) => join("test", name));
  await esbuild.build({
    ...common,
    minify: false, mangleProps: undefined, write: true, outdir: out, entryPoints, format: "esm", platform: "node",
    target: "node20", sourcemap: "inline", outExtension: { ".js": ".mjs" },
    define: { LABELS: "{}", LOCALES: '{"pl":"pl-1.json"}', WORDS: "null", PANEL: '""' },
  });
  const files = readdirSync(out).filter((name) => name.endsWith(".mjs")).map((name) => join(out, name));
  const ran = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-force-exit", "--test-timeout=20000", "--test-reporter=spec", ...files], { stdio: "inherit", timeout: 90_000 });
  process.exit(ran.status ?? 1);
}

const args = process.argv.slice(2);
if (args.includes("--test")) await test();
else await bundle(resolve(here, args[args.indexOf("--out") + 1] && args.includes("--out") ? args[args.indexOf("--out") + 1] : "../src/warmline/web/static/dist"));
