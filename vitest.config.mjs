import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['labextension/src/**/*.spec.{ts,tsx}'],
    environment: 'happy-dom'
  }
});
