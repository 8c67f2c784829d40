"""The page that asks for the token."""

from __future__ import annotations

HOME = "/"
LOGIN = "/session"
_REFUSED = '<p role="alert">That is not the token of this server.</p>'


def login_page(path: str, *, is_refused: bool = False) -> bytes:
    """Returns the page, before or after a wrong token; plain HTML that needs no other file.

    Args:
        path: Where it is shown. At home the form is sent to the very address, so that the view after "#",
            which no server hears of, is still there when the reader is let in.
        is_refused: Whether a wrong token was sent.
    """
    told = _REFUSED if is_refused else ""
    action = "" if path == HOME else f' action="{LOGIN}"'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - funsearch</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; }}
  body {{ margin: 0; background: light-dark(#fafaf9, #16181b); color: light-dark(#1d2023, #e8e9ea); }}
  main {{ width: min(25rem, 100% - 2rem); margin: 14vh auto 2rem; padding: 2rem; box-sizing: border-box;
    background: light-dark(#fff, #1e2125); border: 1px solid light-dark(#e2e2dd, #33383e);
    border-radius: 12px; }}
  h1 {{ font-size: 1.4rem; letter-spacing: -0.02em; margin: 0 0 1.25rem; }}
  label {{ display: block; font-weight: 550; margin-bottom: .35rem; }}
  input, button {{ font: inherit; color: inherit; border-radius: 6px; padding: .55rem .8rem; }}
  input {{ width: 100%; box-sizing: border-box; background: light-dark(#fff, #14171a);
    border: 1px solid light-dark(#85857f, #7d858e); }}
  button {{ margin: 1rem 0 1.25rem; font-weight: 600; border: 0; cursor: pointer;
    background: light-dark(#0f6b64, #5cc8bd); color: light-dark(#fff, #0c1f1d); }}
  :focus-visible {{ outline: 2px solid light-dark(#0f6b64, #5cc8bd); outline-offset: 2px; }}
  p {{ margin: 0; color: light-dark(#5b6066, #a5abb2); }}
  [role=alert] {{ color: light-dark(#a3231f, #f49a94); font-weight: 600; margin-bottom: 1rem; }}
</style>
</head>
<body>
<main>
<h1>funsearch</h1>
{told}
<form method="post"{action}>
<label for="token">Token of this server</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>
<p><small><code>funsearch serve</code> said in which file the token is.</small></p>
</main>
</body>
</html>
""".encode()
