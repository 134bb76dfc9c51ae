# SPDX-License-Identifier: MIT
"""The page at / in a real browser, while a stack is under load: it shows what the daemon says, says when
the daemon is stale or gone, remembers the hours before, obeys no text of others, and asks nobody else."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from browser import asked, chromium, complaints, screen, whole_page
from daemon import Tierwatch, run
from processes import wait_until
from ptrace_stop import stopped_thread
from test_web_security import PASSWORD, htpasswd_hash
from web_stack import TIERS

HOSTILE = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"
PICTURES = os.environ.get("TIERWATCH_SCREENSHOTS")  # a folder for people who want to look


@pytest.fixture(scope="module")
def browser(home):
    with chromium(home) as driver:
        yield driver


@contextmanager
def load(url):
    """Closed loop until the end of the block."""
    child = subprocess.Popen(["wrk", "-t", "1", "-c", "8", "-d", "600s", url],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.terminate()
        child.wait()


class Marked(Tierwatch):
    """With a history, and a directory of its own for marks."""

    def __init__(self, home, name, configuration="", **options):
        self.runtime = home / f"{name}-run"
        self.runtime.mkdir(exist_ok=True)
        self.runtime.chmod(0o755)
        super().__init__(home, f'{configuration}\n[history]\npath = "{home / name}.db"\n', name=name,
                         env={"RUNTIME_DIRECTORY": str(self.runtime)}, **options)

    def mark(self, text):
        done = run(self.home.parent, "mark", text, before=["env", f"RUNTIME_DIRECTORY={self.runtime}"])
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def busy(stack, home):
    """A daemon that watches a stack under load."""
    daemon = Marked(home, "busy").wait_ready()
    with load(f"{stack.nginx.url}/cpu/5"):
        yield daemon
    daemon.stop()


def text(browser, selector):
    return browser.execute_script(
        "const found = document.querySelector(arguments[0]); return found && found.textContent", selector)


def opened(browser, daemon, user=""):
    complaints(browser)
    asked(browser)
    browser.get(f"http://{user}{daemon.address}/")
    wait_until(lambda: browser.execute_script("return document.body.dataset.feed") == "live",
               "the page to be live")


def known(browser, what):
    return browser.execute_script(f"const known = tierwatch.known(); return {what}")


def sideways(browser):
    return browser.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_it_shows_what_the_daemon_says_and_asks_nobody_else(browser, busy):
    screen(browser, 1280)
    opened(browser, busy)
    wait_until(lambda: known(browser, "known.ticks.length") > 4, "some samples")
    wait_until(lambda: known(browser, "known.snapshot.verdict.state") != "unknown",
               lambda: f"a verdict: {known(browser, 'known.snapshot.verdict.sentence')}")
    seen = browser.execute_script("""
        const {snapshot} = tierwatch.known();
        return {said: snapshot.verdict.sentence, shown: document.getElementById('sentence').textContent,
            tiers: snapshot.tiers.filter(t => t.sums.processes > 0).map(t => t.name),
            cards: [...document.querySelectorAll('.tier h3')].map(e => e.textContent),
            lines: [...document.querySelectorAll('.tier path')].filter(e => e.getAttribute('d')).length,
            lanes: document.querySelectorAll('#timeline .lane div').length,
            state: document.getElementById('state').textContent,
            limits: [...document.querySelectorAll('#limits tbody tr')].length,
            queues: document.getElementById('queues').textContent}""")
    assert seen["shown"] == seen["said"]
    assert seen["cards"] == seen["tiers"] and set(TIERS) <= set(seen["cards"])
    assert seen["lines"] >= 3 * len(TIERS), "CPU, memory and descriptors of each at least"
    assert seen["lanes"] > 0 and seen["limits"] > 0
    assert seen["state"][0] in "■✓?", "not by colour alone"
    assert "uwsgi" in seen["queues"]
    assert complaints(browser) == [], "nothing of it was against its own policy"
    origin = f"http://{busy.address}/"
    assert [url for url in asked(browser) if not url.startswith((origin, "data:,"))] == []


ANSWER_OTHERWISE = """
const [verdict, change] = arguments;
globalThis.answered = globalThis.answered || fetch;
globalThis.fetch = async (url, ...more) => {
  const answer = await globalThis.answered(url, ...more);
  if (!String(url).includes('/snapshot')) return answer;
  const snapshot = await answer.json();
  const hot = {tier: 'uwsgi', resource: 'workers', state: 'hot', utilization_ratio: 1, why: 'all are held'};
  Object.assign(snapshot.verdict, verdict, {saturations: [{...hot, ...change}]});
  return new Response(JSON.stringify(snapshot));
};"""
TOLD = """
const card = [...document.querySelectorAll('.tier')].find(one => one.querySelector('h3').textContent === 'uwsgi');
const limits = document.getElementById('limits');
return {card: card.querySelector('.is').textContent, heat: card.dataset.heat, limits: limits.textContent,
    rows: limits.querySelectorAll('tbody tr').length, head: limits.querySelectorAll('th').length}"""


def test_only_what_the_sentence_names_is_called_full(browser, busy):
    opened(browser, busy)
    wait_until(lambda: "uwsgi" in browser.execute_script("return document.getElementById('tiers').textContent"), "cards")

    def told(verdict, change, words):
        browser.execute_script(ANSWER_OTHERWISE, verdict, change)
        wait_until(lambda: words in browser.execute_script(TOLD)["limits"], words)
        return browser.execute_script(TOLD)
    named = told({"state": "saturated", "tier": "uwsgi", "resource": "workers"}, {"why": "named"}, "named")
    assert named["card"].startswith("■ full: workers") and named["heat"] == "hot" and "■ full" in named["limits"]
    host = told({"state": "saturated", "tier": "host", "resource": "cpu"}, {"why": "beside it"}, "beside it")
    assert host["card"].startswith("▲ hot: workers") and host["heat"] != "hot" and "full" not in host["limits"]
    calm = told({"state": "clear"}, {"state": "calm", "utilization_ratio": .01}, "1 are below")
    assert (calm["rows"], calm["head"]) == (0, 0)


def test_it_asks_for_what_is_new_only(browser, busy):
    opened(browser, busy)
    ticks = known(browser, "known.ticks.length")
    asked(browser)
    wait_until(lambda: known(browser, "known.ticks.length") >= ticks + 2, "two more samples")
    assert all("after=0" not in url for url in asked(browser))
    sequences = known(browser, "known.ticks.map(t => t.sequence)")
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences))), "none twice, none lost"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits(browser, busy, home, width, dark):
    screen(browser, width, 800, dark, mobile=width < 500)
    opened(browser, busy)
    wait_until(lambda: known(browser, "known.ticks.length") > 4, "some samples")
    assert sideways(browser) <= 0
    background = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    brightness = sum(map(int, background[4:-1].split(",")))
    assert brightness < 200 if dark else brightness > 600
    if PICTURES:
        whole_page(browser, Path(PICTURES) / f"live-{width}-{'dark' if dark else 'light'}.png")


def test_keys_reach_all_of_it(browser, busy):
    screen(browser, 1280)
    opened(browser, busy)
    wait_until(lambda: known(browser, "known.ticks.length") > 4, "some samples")
    reached = []
    for _ in range(30):
        browser.switch_to.active_element.send_keys("\ue004")  # Tab
        reached.append(browser.execute_script(
            "const e = document.activeElement; return e.id || e.textContent || e.tagName"))
        if reached[-1] == "timeline":
            break
    assert reached[:2] == ["Skip to the tiers", "pause"] and reached[-1] == "timeline"
    assert "1 hour" in reached
    slider = browser.switch_to.active_element
    slider.send_keys("\ue012")  # Left
    wait_until(lambda: text(browser, "#moment"), "a moment that is looked at")
    assert slider.get_attribute("aria-valuetext") == text(browser, "#moment")
    slider.send_keys("\ue00c")  # Escape
    wait_until(lambda: text(browser, "#moment") == "", "now")


def test_a_pause_holds_the_picture_still(browser, busy):
    opened(browser, busy)
    browser.find_element("id", "pause").click()
    ticks = known(browser, "known.sequence")
    busy.settle(6)
    assert known(browser, "known.sequence") in (ticks, ticks + 1), "at most what was under way"
    assert text(browser, "#feed").startswith("paused")
    browser.find_element("id", "pause").click()
    wait_until(lambda: known(browser, "known.sequence") > ticks + 4, "it goes on")


def test_marks_are_shown_and_not_obeyed(browser, busy):
    opened(browser, busy)
    busy.mark("deploy 42")
    busy.mark(HOSTILE)
    wait_until(lambda: "deploy 42" in text(browser, "#marks"), "the mark")
    wait_until(lambda: HOSTILE in text(browser, "#marks"), "the other one, as text")
    assert browser.execute_script("return document.querySelectorAll('img, iframe').length") == 0
    assert browser.execute_script("return document.querySelectorAll('script').length") == 1
    assert browser.title != "owned"
    assert browser.execute_script("return document.querySelectorAll('.lane .mark').length") >= 2
    assert complaints(browser) == []


def test_the_policy_lets_nothing_else_run(browser, busy):
    """Were a name ever taken for markup, it would still not run."""
    opened(browser, busy)
    browser.execute_script("""
        document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="document.title=\\'owned\\'">');
        const script = document.createElement('script');
        script.textContent = "document.title = 'owned'";
        document.body.append(script);""")
    wait_until(lambda: len(complaints(browser)) > 0, "the browser to refuse it")
    assert browser.title != "owned"


def test_stale_and_gone_are_said_and_the_hours_before_come_back(browser, home):
    daemon = Marked(home, "mortal", interval="200ms").wait_ready()
    opened(browser, daemon)
    daemon.mark("before")
    wait_until(lambda: known(browser, "known.ticks.length") > 10, "a history")
    sampler = daemon.child.pid
    with stopped_thread(sampler):
        wait_until(lambda: browser.execute_script("return document.body.dataset.feed") == "stale",
                   "the page to be stale", seconds=30)
        assert "The newest sample is" in text(browser, "#feed")
    wait_until(lambda: browser.execute_script("return document.body.dataset.feed") == "live", "news")
    begin = known(browser, "[...known.verdicts.keys()][0]")
    daemon.stop()
    wait_until(lambda: browser.execute_script("return document.body.dataset.feed") == "gone",
               "the page to see that nobody answers", seconds=30)
    assert text(browser, "#feed").startswith("The daemon does not answer.")
    again = Marked(home, "mortal", interval="200ms", port=daemon.port).wait_ready()
    try:
        wait_until(lambda: browser.execute_script("return document.body.dataset.feed") == "live",
                   "the page to be live again", seconds=30)
        wait_until(lambda: known(browser, "[...known.verdicts.keys()].length") >= 2, "the time before")
        assert abs(known(browser, "Math.min(...known.verdicts.keys())") - begin) < 1e-3
        wait_until(lambda: "before" in text(browser, "#marks"), "the mark")
    finally:
        again.stop()


def test_a_daemon_with_passwords_shows_it_to_who_has_one(browser, home):
    daemon = Tierwatch(home, f'[web]\nbasic_auth_users = {{scraper = "{htpasswd_hash(PASSWORD)}"}}\n',
                       name="with-password")
    try:
        wait_until(lambda: "serving" in daemon.log(), "the daemon")
        browser.get(f"http://{daemon.address}/")
        assert "tierwatch.known" not in browser.page_source, "nothing without a password"
        opened(browser, daemon, user=f"scraper:{PASSWORD.replace(' ', '%20')}@")
        wait_until(lambda: known(browser, "known.ticks.length") > 2, "its samples")
        assert known(browser, "known.failure") == ""
    finally:
        daemon.stop()
