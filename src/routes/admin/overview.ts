import { Router } from "express";

export const overview = Router();

overview.get("/", (_req, res) => {
  res.render("admin/overview");
});
