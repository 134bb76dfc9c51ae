# SPDX-License-Identifier: MIT
"""Exporter-toolkit's web configuration, as curl and Prometheus meet it: versions, client certificates, headers, and
certificates that rotate under load without a scrape that fails."""

import os
import re
import subprocess
import threading
from contextlib import contextmanager

from daemon import Tierwatch, run
from processes import free_port, wait_until
from servers import Prometheus
from test_web_security import PASSWORD, curl, htpasswd_hash, make_certificate

USER = f"scraper:{PASSWORD}"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=20)


def make_client(folder, name, purpose="clientAuth"):
    """A CA `name`-ca.pem and a certificate that it signed, `name`.pem with `name`-key.pem."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name} CA", "-keyout",
            folder / f"{name}-ca-key.pem", "-out", folder / f"{name}-ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", folder / f"{name}-key.pem",
            "-out", folder / f"{name}.csr")
    (folder / f"{name}.ext").write_text(f"extendedKeyUsage={purpose}\n")
    openssl("x509", "-req", "-days", "2", "-in", folder / f"{name}.csr", "-CA", folder / f"{name}-ca.pem", "-CAkey",
            folder / f"{name}-ca-key.pem", "-CAcreateserial", "-extfile", folder / f"{name}.ext", "-out",
            folder / f"{name}.pem")
    (folder / f"{name}-key.pem").chmod(0o644)  # Prometheus runs as another user
    return ["--cert", folder / f"{name}.pem", "--key", folder / f"{name}-key.pem"]


class Configured(Tierwatch):
    """https by a web.yml, and plain HTTP on a Unix socket."""

    def __init__(self, home, name, text):
        folder = home / name
        folder.mkdir()
        make_certificate(folder, "first")
        self.web = folder / "web.yml"
        self.web.write_text("tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n" + text)
        self.socket = home / f"{name}.sock"
        super().__init__(home, name=name, port=free_port(), more=(
            "--web.config.file", self.web, "--web.listen-address", f"unix:{self.socket}"))

    def wait_ready(self):
        self.child.wait_ready(lambda: curl("--unix-socket", self.socket, "http://localhost/-/ready").stdout.endswith("200"))
        return self

    def ask(self, *arguments, path="/-/healthy"):
        return curl(f"https://localhost:{self.port}{path}", "--cacert", self.home / "cert.pem", *arguments)


@contextmanager
def configured(*arguments):
    daemon = Configured(*arguments)
    try:
        yield daemon.wait_ready()
    finally:
        daemon.stop()


def test_users_versions_and_headers_are_those_of_the_file(home):
    text = (f"  min_version: TLS13\nhttp_server_config:\n  headers:\n    X-Frame-Options: deny\n"
            f"    Strict-Transport-Security: max-age=31536000\nbasic_auth_users:\n  scraper: {htpasswd_hash(PASSWORD)}\n")
    with configured(home, "web-users", text) as daemon:
        assert daemon.ask().stdout.endswith("401")
        assert daemon.ask("-u", USER).stdout == "Healthy.\n200"
        assert daemon.ask("-u", USER, "--tls-max", "1.2").returncode == 35, "no handshake by TLS 1.2"
        headers = daemon.ask("-u", USER, "-D", "-", "-o", os.devnull).stdout
        assert re.search(r"^X-Frame-Options: deny$", headers, re.M)
        assert re.search(r"^Strict-Transport-Security: max-age=31536000$", headers, re.M)
        assert headers.count("Content-Security-Policy") == 1


def test_suites_and_curves_are_those_of_the_file(home):
    """Asked by OpenSSL, suite by suite: those of the list and no others."""
    text = ("  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\n"
            "  curve_preferences: [CurveP384]\n")
    with configured(home, "web-suites", text) as daemon:
        def agrees(*options):
            asked = subprocess.run(["openssl", "s_client", "-connect", daemon.address, *options],
                                   input=b"", capture_output=True, timeout=20, check=False)
            return asked.returncode == 0 and b"Cipher is (NONE)" not in asked.stdout
        ciphers = ("ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256:"
                   "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-CHACHA20-POLY1305")
        assert [agrees("-tls1_2", "-cipher", cipher) for cipher in ciphers] == [True, False]
        assert agrees("-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384")
        assert not agrees("-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256")
        assert agrees("-curves", "P-384") and not agrees("-curves", "X25519:P-256")


def test_who_shows_no_certificate_of_that_ca_is_refused(home):
    folder = home / "clients"
    folder.mkdir()
    good, other = make_client(folder, "good"), make_client(folder, "other")
    server = make_client(folder, "server", "serverAuth")
    (folder / "both.pem").write_text((folder / "good-ca.pem").read_text() + (folder / "server-ca.pem").read_text())
    text = f"  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {folder}/both.pem\n"
    with configured(home, "web-clients", text) as daemon:
        assert daemon.ask(*good).stdout == "Healthy.\n200"
        assert daemon.ask(*good, path="/metrics/processes").stdout.endswith("200"), "it is authenticated"
        for refused in ([], other, server):
            answer = daemon.ask(*refused)
            assert answer.stdout.endswith("403") or answer.returncode != 0, refused
            assert "Healthy" not in answer.stdout
        assert daemon.ask().stdout == "A client certificate is required.\n403"
        assert curl("--unix-socket", daemon.socket, "http://localhost/-/healthy").stdout.endswith("200")


def test_prometheus_scrapes_by_a_client_certificate(home):
    folder = home / "prometheus-client"
    folder.mkdir()
    make_client(folder, "prometheus")
    text = f"  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {folder}/prometheus-ca.pem\n"
    with configured(home, "web-prometheus", text) as daemon:
        more = (f"    scheme: https\n    tls_config: {{ca_file: {daemon.home}/cert.pem, "
                f"cert_file: {folder}/prometheus.pem, key_file: {folder}/prometheus-key.pem}}\n")
        prometheus = Prometheus(home / "prometheus-mtls", daemon.address, more)
        try:
            wait_until(lambda: prometheus_up(prometheus), "Prometheus to scrape", seconds=30)
        finally:
            prometheus.stop()


def prometheus_up(prometheus):
    done = curl(f"http://127.0.0.1:{prometheus.port}/api/v1/query?query=up%20%3D%3D%201")
    return '"value"' in done.stdout


def served_certificate(daemon):
    done = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{daemon.port}"], input="", text=True,
                          capture_output=True, timeout=20)
    return re.search(r"subject=CN = (\w+)", done.stdout)[1]


def test_certificates_rotate_by_themselves_without_a_failed_scrape(home):
    with configured(home, "web-rotation", f"basic_auth_users: {{scraper: {htpasswd_hash(PASSWORD)}}}\n") as daemon:
        trusted = daemon.home / "all.pem"  # who scrapes trusts all of them
        staged = {}
        for name in ("second", "third"):
            staged[name] = home / f"rotation-{name}"
            staged[name].mkdir()
            make_certificate(staged[name], name)
        trusted.write_text("".join((folder / "cert.pem").read_text() for folder in (daemon.home, *staged.values())))
        done, failed, count = threading.Event(), [], [0]

        def scrape():  # a connection each, and one that is kept for ten
            while not done.is_set():
                answer = subprocess.run(
                    ["curl", "-sS", "--cacert", trusted, "-u", USER, "-o", "/dev/null", "-w", "%{http_code} ",
                     f"https://localhost:{daemon.port}/metrics?[1-10]"], capture_output=True, text=True, timeout=30)
                count[0] += 10
                if answer.stdout.split() != ["200"] * 10:
                    failed.append((answer.stdout, answer.stderr))
        scraper = threading.Thread(target=scrape)
        scraper.start()
        try:
            for name, folder in staged.items():
                for part in ("key.pem", "cert.pem"):  # one after the other, each in one moment
                    fresh = daemon.home / f"{part}.new"
                    fresh.write_text((folder / part).read_text())
                    fresh.rename(daemon.home / part)
                wait_until(lambda name=name: served_certificate(daemon) == name, f"the {name} certificate", seconds=30)
        finally:
            done.set()
            scraper.join()
        assert failed == [] and count[0] >= 20
        assert "does not belong" not in daemon.log()


def test_a_file_that_becomes_wrong_leaves_everything_and_is_named(home):
    with configured(home, "web-wrong", "") as daemon:
        good = daemon.web.read_text()
        daemon.web.write_text(good + "  min_version: TLS10\n")
        wait_until(lambda: f"{daemon.web}:4:16: min_version" in daemon.log(), "the complaint", seconds=30)
        assert "the old ones stay" in daemon.log()
        assert daemon.ask().stdout == "Healthy.\n200"
        daemon.web.write_text(good + f"basic_auth_users: {{scraper: {htpasswd_hash(PASSWORD)}}}\n")
        wait_until(lambda: daemon.ask().stdout.endswith("401"), "the users to be taken", seconds=30)
        daemon.web.write_text(good)
        wait_until(lambda: daemon.ask().stdout.endswith("200"), "the users to go", seconds=30)


def test_a_wrong_file_is_refused_at_the_start_and_by_check_config(home):
    web = home / "wrong.yml"
    web.write_text("basic_auth_users:\n  me: secret\ntls_server_config:\n  cipher_suites: x\n")
    started = run(home, "daemon", "--web.config.file", web)
    assert started.returncode == 2 and f"{web}:4:18: cipher_suites: " in started.stderr
    web.write_text("basic_auth_users:\n  me: secret\n")
    checked = run(home, "check-config", "--web.config.file", web)
    assert checked.returncode == 2 and f"{web}:2: " in checked.stderr and "htpasswd -nB me" in checked.stderr
