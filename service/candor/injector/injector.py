"""Whether a pod gets Candor, and how."""

from dataclasses import dataclass
from typing import Literal

from candor.injector import container, patch, wishes
from candor.injector.container import Sidecar
from candor.injector.pod import INJECT, Pod
from candor.injector.refusals import BadAnnotation, Unfit
from candor.injector.review import Answer, Request
from candor.injector.template import Template
from candor.injector.wishes import Wishes

OnRefusal = Literal["deny", "warn"]
RESULTS = (
    "injected",
    "already_injected",
    "not_asked",
    "opted_out",
    "ignored",
    "bad_annotation",
    "unfit",
    "static",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """`deny` keeps the pod from being made; `warn` lets it in without Candor and says so."""

    on_bad_annotation: OnRefusal = "deny"
    on_unfit: OnRefusal = "warn"
    ignored_namespaces: frozenset[str] = frozenset(
        {"kube-system", "kube-public", "kube-node-lease"}
    )


class Injector:
    def __init__(self, template: Template, rules: Rules) -> None:
        self._template = template
        self._rules = rules

    def answer(self, request: Request, *, native: bool) -> Answer:
        """Raises: Unreadable."""
        if not request.makes_a_pod:
            return Answer("ignored")
        pod = request.pod
        try:
            return self._considered(pod, request.namespace, native=native)
        except BadAnnotation as exc:
            return _refused(pod, "bad_annotation", str(exc), self._rules.on_bad_annotation)
        except Unfit as exc:
            return _refused(pod, "unfit", str(exc), self._rules.on_unfit)

    def _considered(self, pod: Pod, namespace: str, *, native: bool) -> Answer:
        """Raises: BadAnnotation, Unfit."""
        if namespace in self._rules.ignored_namespaces:
            return Answer("ignored")
        if pod.is_static:
            return Answer("static", warnings=_of_static(pod))
        if pod.is_injected:
            return Answer("already_injected")
        if not wishes.asks(pod):
            return _unasked(pod)
        return self._injected(pod, native=native)

    def _injected(self, pod: Pod, *, native: bool) -> Answer:
        """Raises: BadAnnotation, Unfit."""
        _check_fitness(pod, native=native)
        asked = Wishes.of(pod.metadata.annotations)
        sidecar = container.made(self._template, asked, native=native)
        _check_room(pod, sidecar)
        changes = patch.injected(pod, sidecar, asked.url_env, native=native)
        return Answer("injected", changes, audit={"injected": "native" if native else "plain"})


def _check_fitness(pod: Pod, *, native: bool) -> None:
    """Raises: Unfit."""
    if pod.is_for_windows:
        raise Unfit("the pod is for Windows nodes, and Candor's image for Linux")
    if pod.spec.host_network:
        raise Unfit(
            "the pod has hostNetwork: Candor's port would be one of the node's, open to others "
            "and taken by the next such pod; call a Candor deployment instead"
        )
    if pod.has_candor:
        raise Unfit("the pod has a container named 'candor' that was not injected")
    if pod.ends and not native:
        raise Unfit(
            "the pod is to end (a Job, or restartPolicy Never or OnFailure), and without native "
            "sidecars (Kubernetes 1.29) Candor would keep it running forever"
        )


def _check_room(pod: Pod, sidecar: Sidecar) -> None:
    """Raises: BadAnnotation."""
    ports = [(one.name, port) for one in pod.containers for port in one.ports]
    mistakes = [
        f"container {name!r} has port {port.container_port}, which is Candor's: give Candor "
        "another one with candor.dev/port"
        for name, port in ports
        if port.container_port == sidecar.port and port.protocol == "TCP"
    ]
    mistakes += [
        f"container {name!r} calls a port {port.name!r}, as Candor's is: "
        "services would mix them up"
        for name, port in ports
        if port.name == sidecar.port_name
    ]
    ours = {volume["name"] for volume in sidecar.volumes}
    mistakes += [
        f"the pod's volume {volume.name!r} has the name of one of Candor's: call it something else"
        for volume in pod.spec.volumes
        if volume.name in ours
    ]
    if mistakes:
        raise BadAnnotation(mistakes)


def _unasked(pod: Pod) -> Answer:
    meta = pod.metadata
    if INJECT in meta.annotations or INJECT in meta.labels:
        return Answer("opted_out")
    strays = wishes.stray(meta.annotations)
    warnings = (f'{", ".join(strays)}: without {INJECT}: "true" the pod gets no Candor',)
    return Answer("not_asked", warnings=warnings if strays else ())


def _of_static(pod: Pod) -> tuple[str, ...]:
    if pod.metadata.annotations.get(INJECT) != "true":
        return ()
    return ("the pod is static, the kubelet runs it from a file: write Candor into that file",)


def _refused(pod: Pod, result: str, reason: str, how: OnRefusal) -> Answer:
    if how == "deny":
        return Answer(result, denied=f"Candor cannot be put into this pod: {reason}")
    return Answer(
        result,
        patch.noted(pod, reason),
        warnings=(f"this pod runs WITHOUT Candor: {reason}",),
        audit={"not-injected": reason},
    )
