import type { ProcessStore } from "../../../gateway/domain/ports.ts";
import type { PostgresConnection } from "../../../gateway/store/postgres/connection.ts";

/** Beats as gateways without a heartbeat write them: at the time of their own clock. */
export function beatsAt(connection: PostgresConnection): Pick<ProcessStore, "beat"> {
  const beat = connection.prepare(
    "INSERT INTO processes (id, heard) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET heard = excluded.heard",
  );
  return {
    async beat(process, now) {
      await beat.run(process, now);
      return null;
    },
  };
}
