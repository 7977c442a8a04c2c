import { render } from "preact";
import { App } from "./app.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/top.css";
import "./styles/login.css";
import "./styles/account.css";
import "./styles/approvals.css";
import "./styles/card.css";
import "./styles/vote.css";
import "./styles/decisions.css";
import "./styles/long-text.css";
import "./styles/batch.css";
import "./styles/pages.css";
import "./styles/measures.css";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
