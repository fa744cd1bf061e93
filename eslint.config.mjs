import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['labextension/lib/', 'labextension/src/schema.ts'] },
  {
    files: ['labextension/src/**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: 'labextension/tsconfig.test.json',
        tsconfigRootDir: import.meta.dirname
      }
    },
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'no-console': 'error',
      // JSON.parse and Response.json give `any`; the annotations beside them say what comes.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // Jupyter's idioms: a namespace beside its class, `signal.connect(this._method, this)`.
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          filter: { regex: '^I[A-Z]', match: false },
          format: ['PascalCase'],
          prefix: ['I']
        }
      ]
    }
  },
  {
    plugins: { jupyter }
  },
  ...jupyter.configs.recommended,
  {
    files: ['labextension/src/**/*.{ts,tsx}'],
    rules: {
      'jupyter/prefer-lazy-imports': [
        'error',
        {
          // What shows from the first second on; chats and logs are loaded when opened.
          ignoreImports: [
            '../api',
            './model',
            './cancelling',
            './choices',
            './deletion',
            './notebookcommand',
            './pinning',
            './templatecommand',
            './extend',
            './labelling',
            './cellcommands',
            './comparecommand',
            './sidebar',
            './item',
            './manager',
            './warnings'
          ],
          // Bundled with the log viewer, which is itself loaded when opened.
          deferredPackages: []
        }
      ]
    }
  },
  {
    files: ['labextension/src/__tests__/**'],
    rules: { 'jupyter/no-untranslated-string': 'off' }
  },
  prettier
);
