/** The program's text; it runs on Node 18.19 and later. */
export declare function bundlePreload(): string;
