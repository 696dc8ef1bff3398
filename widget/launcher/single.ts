import * as panel from "../panel/index";
import { launch } from "./launcher";

launch(() => Promise.resolve(panel));
