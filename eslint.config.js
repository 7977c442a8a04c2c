/** Type-aware: what the compiler knows (promises, unions) is what reviewers overlook. Layout is prettier's. */
import tseslint from "typescript-eslint";

const made = ["**/node_modules/", "**/dist/", ".tools/", ".sallyport/", "coverage/"];

export default tseslint.config(
  { ignores: made },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.{ts,tsx,mjs,js}"],
    extends: [tseslint.configs.base],
    rules: {
      eqeqeq: "error",
      "no-console": "off",
      "no-constant-condition": "error",
      "no-empty": "error",
      "no-fallthrough": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "SpreadElement > ObjectExpression.argument",
          message: "Write the members themselves: an object that is spread where it is written only hides lines.",
        },
      ],
      "no-self-compare": "error",
      "no-unreachable": "error",
      "no-unsafe-finally": "error",
      "no-useless-catch": "error",
      "no-var": "error",
      "prefer-const": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrorsIgnorePattern: "^_" },
      ],
    },
  },
  {
    files: ["{gateway,demo,test,scripts}/**/*.ts", "scripts/**/*.mjs", "console/**/*.{ts,tsx}"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-for-in-array": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/prefer-promise-reject-errors": "error",
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ["**/*.{ts,tsx}"],
    rules: {
      "@typescript-eslint/ban-ts-comment": "error",
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "inline-type-imports", disallowTypeAnnotations: false },
      ],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
    },
  },
  {
    // Where only the numbers in a text, or whether it is JSON, is asked for, names do not matter.
    files: ["gateway/**/*.ts"],
    ignores: [
      "gateway/lib/parse-json.ts",
      "gateway/lib/json-reader.ts",
      "gateway/decide/builtins/native/conversion.ts",
    ],
    rules: {
      "no-restricted-properties": [
        "error",
        {
          object: "JSON",
          property: "parse",
          message: "V8 reads wrong names: use parseJson of gateway/lib/parse-json.ts.",
        },
      ],
    },
  },
  {
    // A test reads better when it takes what it has just made for granted; node:test-like chains are awaited by jest.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
);
