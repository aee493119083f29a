export type { Model } from "./core/config/model.ts";
