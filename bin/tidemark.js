#!/usr/bin/env node
import { ready } from '../scripts/ready.js';

await ready();
await import('../dist/bundle/main.js');
