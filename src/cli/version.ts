declare const __PATTERNBANK_VERSION__: string | undefined;

/** The version of the package; put in by the bundler, so that `--version` reads no file. */
export const VERSION = typeof __PATTERNBANK_VERSION__ === 'string' ? __PATTERNBANK_VERSION__ : '0.0.0-source';
