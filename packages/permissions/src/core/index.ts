export { createAccess } from './access.js';
export type { Access, Grant, Org, Scope, Viewer } from './access.js';
export { fromEventStream, fromPolling, fromWebSocket, query, subscription } from './sources.js';
export type { Request, Sink, Source } from './sources.js';
export type { Action, Coordinate, Module } from './rules.js';
