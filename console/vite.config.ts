import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

/** Built into console/dist, which the gateway serves. Nothing is inlined: the console's content security policy forbids it. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [preact({ prefreshEnabled: false })],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
