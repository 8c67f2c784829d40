"""The page that asks for the token."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LoginPage:
    """The page, before and after a wrong token; plain HTML that needs no other file."""

    asked: bytes
    refused: bytes


def _page(told: str) -> bytes:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - funsearch</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
  main {{ max-width: 26rem; margin: 15vh auto 0; padding: 0 1rem; }}
  input, button {{ font: inherit; padding: .5rem .7rem; }}
  input {{ width: 100%; box-sizing: border-box; }}
  button {{ margin-top: .8rem; }}
  [role=alert] {{ font-weight: 600; }}
</style>
</head>
<body>
<main>
<h1>funsearch</h1>
{told}
<form method="post" action="/session">
<label for="token">Token of this server</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>
<p><small><code>funsearch serve</code> said in which file the token is.</small></p>
</main>
</body>
</html>
""".encode()


LOGIN_PAGE = LoginPage(_page(""), _page('<p role="alert">That is not the token of this server.</p>'))
