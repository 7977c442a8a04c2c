import { hash } from "node:crypto";

/** The colours, sizes and spaces of the console (console/src/styles/tokens.css), as far as these pages need them. */
export const style = `
:root{color-scheme:light dark;--ground:light-dark(#f7f7f5,#15181b);--raised:light-dark(#fff,#1c2024);
--line:light-dark(#dcdcd6,#31373d);--line-strong:light-dark(#8a8d8f,#6b737b);--ink:light-dark(#1b1e21,#e7e9eb);
--quiet:light-dark(#5a6167,#a2abb3);--accent:light-dark(#274fa8,#9dbbff);--on-accent:light-dark(#fff,#10151f);
--hold:light-dark(#855000,#f0b44c);--hold-wash:light-dark(#fbf0da,#372a12);--deny:light-dark(#b02f10,#ff8d6b);
--deny-wash:light-dark(#fbe8e2,#3d1f17)}
*,*::before,*::after{box-sizing:border-box}
body{margin:0;min-height:100dvh;display:grid;place-items:center;padding:16px;background:var(--ground);color:var(--ink);
font:14px/20px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main{display:grid;gap:12px;width:min(100%,420px)}
h1,h2,p,ul,dl,dd{margin:0;padding:0}
h1{font-size:20px;line-height:28px;font-weight:600}
h2{font-size:16px;line-height:24px;font-weight:600}
.card{display:grid;gap:12px;padding:16px;background:var(--raised);border:1px solid var(--line);border-radius:6px}
form,label{display:grid;gap:12px}
label{gap:4px;font-weight:500}
input,button{font:inherit;color:inherit;min-height:40px;padding:5px 12px;border:1px solid var(--line-strong);
border-radius:6px;background:var(--raised);width:100%}
button{cursor:pointer;font-weight:500}
button:hover{border-color:var(--ink)}
button.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.quiet{color:var(--quiet)}
.small{font-size:12px}
.claim{padding:12px;background:var(--hold-wash);border-radius:6px}
.problem{padding:12px;background:var(--deny-wash);color:var(--deny);border-radius:6px}
dl{display:grid;gap:8px}
dt{color:var(--quiet);font-size:12px}
ul{padding-left:20px}
code{font:13px/20px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
`;

/** For the policy of the pages: this style and no other. */
export const styleSource = `'sha256-${hash("sha256", style, "base64")}'`;
