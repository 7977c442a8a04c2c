export { visible } from "../domain/visible.ts";
