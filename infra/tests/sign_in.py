"""A user links a platform: the browser signs in at the user pool, the platform exchanges the code. RFC 6749, section 4.1."""

import re
import urllib.parse

from stack import http


def authorization(url, client, redirect):
    """What the platform opens in the user's browser."""
    asked = {"response_type": "code", "client_id": client, "redirect_uri": redirect, "state": "s1", "scope": "homeport/devices"}
    return f"{url}?{urllib.parse.urlencode(asked)}"


def sign_in(endpoint, client, redirect, user, password):
    """The user fills in the form; gives the code that the browser takes to the platform."""
    status, _, page = http("GET", authorization(f"{endpoint}/oauth2/authorize", client, redirect))
    assert status == 200, page
    fields = dict(re.findall(r'type="hidden"[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    fields |= {"username": user, "password": password}
    fields |= {"client_id": client, "redirect_uri": redirect, "state": "s1", "scope": "homeport/devices", "response_type": "code"}
    status, headers, page = http("POST", f"{endpoint}/login", form=urllib.parse.urlencode(fields))
    assert status in (302, 303), page
    target = urllib.parse.urlsplit(headers["location"])
    assert headers["location"].startswith(redirect)
    answer = dict(urllib.parse.parse_qsl(target.query))
    assert answer["state"] == "s1"
    return answer["code"]


def exchange(endpoint, client, secret, **grant):
    """The platform's call of the token address."""
    form = urllib.parse.urlencode({"client_id": client, "client_secret": secret} | grant)
    return http("POST", f"{endpoint}/oauth2/token", form=form)
