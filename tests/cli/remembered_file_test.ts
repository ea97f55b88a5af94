import { equal } from "node:assert/strict";
import { fileRemembered, rememberedFile } from "../../cli/remembered_file.ts";
import { test } from "../harness.ts";

const HERE = { cwd: "/home/ada/etl", statePath: ".sluice" };

test("rememberedFile() is the way from the state folder to the file", () => {
  equal(rememberedFile("w.yml", HERE), "../w.yml");
  equal(rememberedFile("./flows/../flows/w.yml", HERE), "../flows/w.yml");
  equal(rememberedFile("/home/ada/w.yml", HERE), "../../w.yml");
  equal(
    rememberedFile("w.yml", { ...HERE, statePath: "/var/lib/sluice" }),
    "../../../home/ada/etl/w.yml",
  );
});

test("fileRemembered() leads there again, also from elsewhere and after a move", () => {
  equal(fileRemembered("../w.yml", HERE), "w.yml");
  equal(fileRemembered("../flows/w.yml", { cwd: "/srv/etl", statePath: ".sluice" }), "flows/w.yml");
  const below = { cwd: "/home/ada/etl/below", statePath: "../.sluice" };
  equal(fileRemembered("../w.yml", below), "/home/ada/etl/w.yml");
  equal(fileRemembered("../below/w.yml", below), "w.yml");
});
