// Measures search in a bank of 10,000 patterns: see search.ts.
import { runBundled } from './bundled.mjs';

await runBundled('search');
