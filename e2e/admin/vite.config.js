// The development server of a console's pages. It passes on what they ask of the API, WebSockets too, so pages and API
// have one origin.
import { defineConfig } from 'vite';

const target = process.env.DEPUTY ?? 'http://127.0.0.1:8080';

export default defineConfig({
  server: { proxy: { '/graphql': { target, ws: true }, '/downloads': { target } } },
});
