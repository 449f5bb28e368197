/** The venue contract on the paper platform, in process and over HTTP. */
import { PaperClient } from "../../src/venue/paper/client.ts";
import { PaperPlatform } from "../../src/venue/paper/platform.ts";
import { openPaperServer } from "../../src/venue/paper/server.ts";
import { PaperVenue } from "../../src/venue/paper/venue.ts";
import { flatTape, HandClock } from "../venue/helpers.ts";
import { type VenueUnderTest, venueContract } from "./venue.ts";

const TOKEN = "a-token-for-tests";

function platformOn(clock: HandClock): PaperPlatform {
  const tape = flatTape();
  return new PaperPlatform({ clock, seed: "contract", tape, speed: 1, marksMs: 250 }).start();
}

venueContract("paper in process", async (): Promise<VenueUnderTest> => {
  const clock = new HandClock();
  const platform = platformOn(clock);
  const port = new PaperVenue({ platform, clock });
  return {
    port,
    pass: async (ms) => clock.move(ms),
    close: async () => {
      await port.close();
      await platform.close();
    },
  };
});

venueContract("paper over HTTP", async (): Promise<VenueUnderTest> => {
  const clock = new HandClock();
  const platform = platformOn(clock);
  const server = await openPaperServer({ platform, token: TOKEN });
  const port = new PaperClient({ url: server.url, token: TOKEN });
  return {
    port,
    pass: async (ms) => clock.move(ms),
    close: async () => {
      await port.close();
      await server.close();
      await platform.close();
    },
  };
});
