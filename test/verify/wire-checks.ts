import type { Check } from "./check.ts";
import { spoofedHeaders } from "./headers/spoofed-headers.ts";
import { jsonBodies } from "./json/json-bodies.ts";
import { pathReadings } from "./paths/path-readings.ts";
import { rawRequests } from "./requests/raw-requests.ts";
import { slowClients } from "./slow/slow-clients.ts";
import { forgedTokens } from "./tokens/forged-tokens.ts";
import { keyRotation } from "./tokens/key-rotation.ts";

/** Nothing passes that means two things, and nobody passes for somebody else. */
export const wireChecks: readonly Check[] = [
  jsonBodies,
  pathReadings,
  rawRequests,
  spoofedHeaders,
  forgedTokens,
  keyRotation,
  slowClients,
];
