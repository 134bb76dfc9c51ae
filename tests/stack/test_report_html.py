# SPDX-License-Identifier: MIT
"""The report's page in a real browser, headless: it draws, zooms, loads nothing, and obeys no name."""

import os
import subprocess
from pathlib import Path

import pytest

from browser import asked, chromium, complaints

pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402

WRITER = os.environ.get("TIERWATCH_REPORT_PAGE", "build/dev/tests/write_report_page")

# Of the sample run: 60 points of the load, 60 samples, 3 steps.
POINTS = {"throughput": 60, "users": 60, "latency": 60, "cpu": 60, "utilization": 60, "workers": 60,
          "queues": 60, "waiting": 60, "memory": 60, "fds": 60, "throughput_by_users": 3, "demand": 4}

HOSTILE = ["<script>document.title='owned'</script>",
           "</script><script>document.title='owned'</script>",
           "\"><img src=x onerror=\"document.title='owned'\">",
           "javascript:document.title='owned'",
           "__proto__",
           "N" * 10_000]


def written(home, name, *arguments):
    page = home / f"{name}.html"
    page.write_bytes(subprocess.run([WRITER, *arguments], check=True, capture_output=True, timeout=60).stdout)
    return page


@pytest.fixture(scope="module")
def browser(home):
    with chromium(home) as driver:
        yield driver


def opened(browser, page):
    """Opens the page; what it asked for (but for itself), and what it complained about."""
    for before in (complaints, asked):
        before(browser)  # of the page before
    browser.get(page.as_uri())
    return [url for url in asked(browser) if url != page.as_uri()], complaints(browser)


def points(browser):
    return browser.execute_script(
        "return Object.fromEntries(tierwatch.views.map(v => [v.plot.name, v.graph.numRows()]))")


def windows(browser):
    return browser.execute_script(
        "return tierwatch.views.filter(v => v.overTime).map(v => v.graph.xAxisRange())")


def test_draws_every_plot_and_loads_nothing(browser, home):
    asked_for, complained = opened(browser, written(home, "sample", "sample"))
    assert asked_for == []
    assert complained == []
    assert points(browser) == POINTS
    inked = browser.execute_script("""
        return tierwatch.views.map(v => [...v.graph.graphDiv.querySelectorAll('canvas')].some(c =>
            c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(byte => byte !== 0)))""")
    assert all(inked)


def test_the_answer_is_the_first_heading(browser, home):
    opened(browser, written(home, "sample", "sample"))
    assert browser.execute_script("return document.querySelector('h1,h2,h3').textContent").startswith(
        "uwsgi cpu limited it at 262/s")


def test_a_drag_in_one_plot_zooms_all(browser, home):
    opened(browser, written(home, "sample", "sample"))
    before = windows(browser)
    chart = browser.find_element("css selector", "#plot-users .chart")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", chart)
    ActionChains(browser).move_to_element_with_offset(chart, -100, 0).click_and_hold() \
        .move_by_offset(250, 0).release().perform()
    after = windows(browser)
    assert len(after) == 10
    assert all(window == after[0] for window in after)
    assert before[0][0] < after[0][0] < after[0][1] < before[0][1]
    ActionChains(browser).move_to_element(chart).double_click().perform()
    assert complaints(browser) == []
    assert windows(browser) == before


def test_a_button_zooms_to_its_step(browser, home):
    opened(browser, written(home, "sample", "sample"))
    browser.execute_script("[...document.querySelectorAll('#zoom button')]"
                           ".find(b => b.textContent === '200 users').click()")
    begin, end = windows(browser)[0]
    assert 38 < begin < 43 and 58 < end <= 62


def test_a_phone_scrolls_in_one_direction_only(browser, home):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True})
    try:
        opened(browser, written(home, "sample", "sample"))
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:24])
def test_names_from_outside_do_nothing(browser, home, text):
    asked_for, complained = opened(browser, written(home, "hostile", "hostile", text))
    assert asked_for == []
    assert complained == []
    assert browser.execute_script("return document.title === 'owned'") is False
    assert browser.execute_script("return document.querySelectorAll('script').length") == 3
    assert browser.execute_script("return document.querySelectorAll('img, iframe, svg').length") == 0
    assert points(browser) == POINTS
    assert browser.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
