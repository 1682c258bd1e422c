/** How the console's files are built. */
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react()],
  // Styles that are made as the page runs need the nonce of its answer, which the API puts in this text's place.
  html: { cspNonce: '__NONCE__' },
  // A policy without `data:` for scripts and fonts: nothing is inlined.
  build: {
    outDir: join(import.meta.dirname, 'dist'),
    assetsInlineLimit: 0,
    target: 'es2023',
    reportCompressedSize: false,
    // `build.ts` bounds what is loaded first, gzipped.
    chunkSizeWarningLimit: 1_500,
  },
  logLevel: 'warn',
  clearScreen: false,
});
