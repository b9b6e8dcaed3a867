"""Figures for Prometheus, in the names of the contract. Each instance has a registry of its own."""

import asyncio
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from core.posts.post import PostStatus

_OUTCOMES = ("published", "busy", "refused", "not_sent", "unknown", "proven")
_LATENESS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800)
_LAG = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)
_HTTP = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)


class PrometheusMetrics:
    """`Metrics` over prometheus-client."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._posts = Gauge("isekai_posts", "Posts by status.", ["status"], registry=registry)
        self._published = Counter(
            "isekai_publish", "Publish requests by what came of them.", ["outcome"], registry=registry
        )
        self._lateness = Histogram(
            "isekai_publish_lateness_seconds",
            "From due to the publish request leaving.",
            registry=registry,
            buckets=_LATENESS,
        )
        self._asked = Counter(
            "isekai_deviantart_requests",
            "Requests to DeviantArt.",
            ["endpoint", "status"],
            registry=registry,
        )
        self._asked_seconds = Histogram(
            "isekai_deviantart_request_seconds",
            "How long DeviantArt took to answer.",
            ["endpoint"],
            registry=registry,
        )
        self._circuit = Gauge("isekai_circuit_open", "1 while DeviantArt is left alone.", registry=registry)
        self._lag = Histogram(
            "isekai_event_loop_lag_seconds",
            "How late the event loop woke a sleeper.",
            registry=registry,
            buckets=_LAG,
        )
        self._http = Histogram(
            "isekai_http_request_seconds",
            "How long our answers took.",
            ["route", "method", "status"],
            registry=registry,
            buckets=_HTTP,
        )
        self._discord = Gauge("isekai_discord_connected", "1 while the bot is connected.", registry=registry)
        self._jobs = Gauge(
            "isekai_job_last_success_timestamp_seconds",
            "When a job last did its work.",
            ["job"],
            registry=registry,
        )
        self._restarts = Counter(
            "isekai_task_restarts", "Long-lived tasks that were started again.", ["task"], registry=registry
        )
        self._tokens = Gauge(
            "isekai_token_days_left", "Days until a refresh token ends.", ["account"], registry=registry
        )
        tasks = Gauge("isekai_asyncio_tasks", "Tasks that have not ended, read when asked.", registry=registry)
        tasks.set_function(lambda: len(asyncio.all_tasks()))
        # A series that exists from the start can be alerted on before its first event.
        for outcome in _OUTCOMES:
            self._published.labels(outcome)
        for status in PostStatus:
            self._posts.labels(status)

    def published(self, outcome: str) -> None:
        self._published.labels(outcome).inc()

    def lateness(self, seconds: float) -> None:
        self._lateness.observe(max(0.0, seconds))

    def deviantart_request(self, endpoint: str, status: str, seconds: float) -> None:
        self._asked.labels(endpoint, status).inc()
        self._asked_seconds.labels(endpoint).observe(seconds)

    def circuit(self, *, is_open: bool) -> None:
        self._circuit.set(int(is_open))

    def loop_lag(self, seconds: float) -> None:
        self._lag.observe(seconds)

    def http_request(self, route: str, method: str, status: int, seconds: float) -> None:
        self._http.labels(route, method, str(status)).observe(seconds)

    def discord(self, *, connected: bool) -> None:
        self._discord.set(int(connected))

    def job_done(self, job: str, at_timestamp: float) -> None:
        self._jobs.labels(job).set(at_timestamp)

    def job_restarted(self, task: str) -> None:
        self._restarts.labels(task).inc()

    def token_days_left(self, account: str, days: float) -> None:
        self._tokens.labels(account).set(days)

    def token_days(self, days: Mapping[str, float]) -> None:
        self._tokens.clear()
        for account, left in days.items():
            self.token_days_left(account, left)

    def posts(self, status: str, count: int) -> None:
        self._posts.labels(status).set(count)

    def render(self) -> bytes:
        return generate_latest(self._registry)
