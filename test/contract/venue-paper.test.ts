/** The venue contract on the paper platform, in process and over HTTP. */
import { PaperClient } from "../../src/venue/paper/client.ts";
import { PaperPlatform } from "../../src/venue/paper/platform.ts";
import { openPaperServer } from "../../src/venue/paper/server.ts";
import { PaperVenue } from "../../src/venue/paper/venue.ts";
import { flatTape, HandClock } from "../venue/helpers.ts";
import { takingContract, type VenueUnderTest, venueContract, type Wanted } from "./venue.ts";

const TOKEN = "a-token-for-tests";

function platformOn(clock: HandClock, { house }: Wanted): PaperPlatform {
  const tape = flatTape();
  const crowd = house ? { house: { seats: 0, lookMs: 1_000 } } : {};
  const terms = { seed: "contract", tape, speed: 1, marksMs: 250, ...crowd };
  return new PaperPlatform({ clock, ...terms }).start();
}

async function inProcess(wanted: Wanted): Promise<VenueUnderTest> {
  const clock = new HandClock();
  const platform = platformOn(clock, wanted);
  const port = new PaperVenue({ platform, clock });
  return {
    port,
    pass: async (ms) => clock.move(ms),
    strike: (kind, part) => platform.strike(kind, part),
    close: async () => {
      await port.close();
      await platform.close();
    },
  };
}

async function overHttp(wanted: Wanted): Promise<VenueUnderTest> {
  const clock = new HandClock();
  const platform = platformOn(clock, wanted);
  const server = await openPaperServer({ platform, token: TOKEN });
  const port = new PaperClient({ url: server.url, token: TOKEN });
  return {
    port,
    pass: async (ms) => clock.move(ms),
    strike: (kind, part) => platform.strike(kind, part),
    close: async () => {
      await port.close();
      await server.close();
      await platform.close();
    },
  };
}

for (const [name, open] of [
  ["paper in process", inProcess],
  ["paper over HTTP", overHttp],
] as const) {
  venueContract(name, open);
  takingContract(name, open);
}
