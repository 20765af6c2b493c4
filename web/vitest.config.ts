import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const client = {
  "@lastseen/client/format": here("client/src/format.ts"),
  "@lastseen/client": here("client/src/index.ts"),
};
const react = (folder: string) => ({ react: here(`${folder}/react`), "react-dom": here(`${folder}/react-dom`) });
const inJsdom = { environment: "jsdom", environmentOptions: { jsdom: { pretendToBeVisual: true } } };

export default defineConfig({
  test: {
    projects: [
      { test: { name: "client", root: "client", include: ["test/**/*.test.ts"] } },
      {
        resolve: { alias: { ...client, ...react("node_modules") } },
        test: { name: "react 19", root: "react", include: ["test/**/*.test.tsx"], ...inJsdom },
      },
      {
        resolve: { alias: { ...client, ...react("react-18/node_modules") } },
        test: { name: "react 18", root: "react", include: ["test/**/*.test.tsx"], ...inJsdom },
      },
    ],
  },
});
