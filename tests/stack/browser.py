# SPDX-License-Identifier: MIT
"""Chromium, headless, as a test looks at pages with it."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

import pytest

selenium = pytest.importorskip("selenium.webdriver")
from selenium.webdriver.chrome.service import Service  # noqa: E402

DRIVER = Path("/usr/bin/chromedriver")


@contextmanager
def chromium(home):
    """Everything it complains about and asks for is kept: complaints(), asked()."""
    if not DRIVER.exists():
        pytest.skip("chromium-driver is not installed")
    options = selenium.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--disable-background-networking", "--window-size=1100,900"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = selenium.Chrome(options=options,
                             service=Service(str(DRIVER), env={**os.environ, "TMPDIR": str(home)}))
    try:
        yield driver
    finally:
        driver.quit()


def complaints(driver):
    """Of the console, since they were last asked for: blocked by policy, exceptions, failed loads."""
    return driver.get_log("browser")


def asked(driver):
    """The addresses that were asked for since this was last called."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [message["params"]["request"]["url"] for message in messages
            if message["method"] == "Network.requestWillBeSent"]


def screen(driver, width, height=1000, dark=False, mobile=False):
    """A screen of that size, by day or by night."""
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})


def whole_page(driver, file):
    """The page from top to bottom, as PNG."""
    import base64
    answer = driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    Path(file).write_bytes(base64.b64decode(answer["data"]))
