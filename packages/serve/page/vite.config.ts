import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte()],
  base: "/",
  build: {
    outDir: "../dist/page",
    emptyOutDir: true,
    assetsDir: "page",
    target: "es2023",
    modulePreload: { polyfill: false },
  },
});
