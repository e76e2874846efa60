#!/usr/bin/env node
// What is imported here is read by an old Node, too; all else waits until this one is known to be new enough.
import { keepCompiledCode } from './compile-cache.js';
import { isNodeNewEnough } from './node-version.js';

if (isNodeNewEnough()) keepCompiledCode().then(() => import('../src/main.ts'));
