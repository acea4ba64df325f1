import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

// relay puts the compiled artifact in place of each graphql tag. A tag holds one definition, so its name is all that
// has to be read: no second parser runs over every file.
function relay(): Plugin {
  return {
    name: 'relay',
    enforce: 'pre',
    transform(code, id) {
      if (!/\.tsx?$/.test(id) || !code.includes('graphql`')) return null;
      const imports: string[] = [];
      const out = code.replace(/(?<![\w/])graphql`([^`]*)`/g, (_, text: string) => {
        const name = /^\s*(?:query|mutation|subscription|fragment)\s+(\w+)/.exec(text)?.[1];
        if (!name) throw new Error(`${id}: a graphql tag begins with its definition`);
        imports.push(`import ${name}$artifact from '/src/__generated__/${name}.graphql.ts';`);
        return `${name}$artifact`;
      });
      // What the tag was imported from is not fetched for its sake.
      return {
        code: imports.join('') + out.replace(/import \{ graphql \} from '(?:react-relay|relay-runtime)';/, ''),
        map: null,
      };
    },
  };
}

// React Aria brings its texts in 30 languages, and the page has two.
function languages(): Plugin {
  return {
    name: 'languages',
    enforce: 'pre',
    load(id) {
      const language = /\/react-(?:aria|stately)[^/]*\/dist\/private\/intl\/.*\/([a-z]{2}-[A-Z]{2})\.mjs$/.exec(
        id,
      )?.[1];
      return language && !['zh-CN', 'en-US'].includes(language) ? 'export default {};' : null;
    },
  };
}

// Messages are compiled, so the parser of their source is left out.
const noParser = fileURLToPath(import.meta.resolve('@formatjs/icu-messageformat-parser/no-parser.js'));

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [relay(), languages()],
  resolve: {
    alias: [
      { find: '@formatjs/icu-messageformat-parser', replacement: noParser },
      { find: /^react-relay$/, replacement: fileURLToPath(new URL('react-relay.mjs', import.meta.url)) },
      {
        find: 'deputy-permissions',
        replacement: fileURLToPath(new URL('../packages/permissions/src/core/index.ts', import.meta.url)),
      },
    ],
  },
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: 'node_modules/.dist',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome125', 'safari17.5', 'firefox128'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        assetFileNames: 'assets/[name]-[hash][extname]',
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
      },
      // "use client" is for servers that render pages: it means nothing here, and dozens of files have it.
      onLog: (level, log, handle) => log.code === 'MODULE_LEVEL_DIRECTIVE' || handle(level, log),
    },
  },
});
