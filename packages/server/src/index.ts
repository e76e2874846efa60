export type { App } from './app.ts';
export { actorOf, type Caller } from './callers/caller.ts';
export { type Config, ConfigError, type Flags, readConfig } from './config.ts';
export { demo } from './demo/demo.ts';
export { openApiDocument } from './edges/openapi.ts';
export { openApp, type RunningApp } from './open-app.ts';
export { hashPassword } from './passwords.ts';
export { type Call, run } from './run.ts';
export { serve } from './serve.ts';
