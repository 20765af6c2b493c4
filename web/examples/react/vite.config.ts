import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // The page and the server on one origin: no CORS, and a goodbye arrives even as the page closes.
  server: { proxy: { "/api": process.env["LASTSEEN_URL"] ?? "http://127.0.0.1:8080" } },
});
