/** The Helm chart: what it makes of its six value files, held against Kubernetes' own schemas and the gateway's own check. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { type Identity, selfSigned } from "../../support/certificates.ts";
import { describeWith } from "../../support/found-tool.ts";
import { sallyport } from "../../unit/cli/run.ts";
import { withLiveStatefulSet } from "./live-stateful-set.ts";
import { chart, KubernetesSchemas, lint, type Manifest, only, rendered, schemas, valueFiles } from "./chart.ts";

describeWith("Kubernetes' schemas", schemas, "the Helm chart", () => {
  const made = new Map<string, readonly Manifest[]>();
  const of = (values: string): readonly Manifest[] => made.get(values) ?? [];
  const pod = (manifests: readonly Manifest[], kind = "StatefulSet") =>
    (only(manifests, kind)["spec"] as unknown as PodOwner).template;

  let tls: Identity;

  beforeAll(async () => {
    tls = await selfSigned("tools.example.com");
    for (const values of valueFiles) made.set(values, await rendered(values));
  });

  it("has six value files, and each passes helm lint", async () => {
    expect(valueFiles).toHaveLength(6);
    await Promise.all(valueFiles.map((values) => lint(values)));
  });

  it.each(["v1.27.0", "v1.37.0"])("makes nothing that Kubernetes %s would refuse or ignore", (version) => {
    const known = new KubernetesSchemas(version);
    for (const values of valueFiles) {
      expect(of(values).length).toBeGreaterThanOrEqual(5);
      const found = of(values).map((manifest) => ({ kind: manifest.kind, problems: known.problems(manifest) }));
      expect(found.filter(({ problems }) => problems === null || problems.length > 0)).toEqual(
        // Of the Prometheus operator, which Kubernetes does not know.
        values === "autoscaling-values.yaml" ? [{ kind: "ServiceMonitor", problems: null }] : [],
      );
    }
    const broken = structuredClone(only(of("one-values.yaml"), "StatefulSet")) as Manifest & { spec: JsonObject };
    Object.assign(broken.spec, { replica: 1 });
    expect(known.problems(broken)).toEqual([expect.stringContaining("replica")]);
  });

  it.each(valueFiles)("gives each gateway of %s a configuration that `sallyport check` accepts", async (values) => {
    const files = only(of(values), "ConfigMap", "sallyport-files-")["data"] as Texts;
    const configs = Object.entries(only(of(values), "ConfigMap", "sallyport-config-")["data"] as Texts);
    const folder = mkdtempSync(join(tmpdir(), "sallyport-chart-"));
    try {
      put(join(folder, "tls.crt"), tls.certPem);
      put(join(folder, "tls.key"), tls.keyPem);
      for (const [key, text] of Object.entries(files)) put(join(folder, key.replaceAll("__", "/")), text);
      for (const [name, text] of configs) {
        // What the pod has from secrets, of which only files of a certificate are opened.
        put(join(folder, name), text.replaceAll("/run/secrets/sallyport/tls/", "./"));
        expect(text).toContain(`instance: ${name.replace(".yaml", "")}\n`);
      }
      const [name = ""] = configs[0] ?? [];
      const { code, stderr } = await sallyport(["check", "--skip-secrets", "-c", name], { cwd: folder });
      expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("runs every container without root, without rights, on a file system that it cannot write", () => {
    for (const values of valueFiles)
      for (const manifest of of(values).filter(({ kind }) => kind === "StatefulSet" || kind === "Job")) {
        const { spec } = pod([manifest], manifest.kind);
        expect(spec).toMatchObject({
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
        });
        for (const { securityContext } of spec.containers)
          expect(securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          });
      }
  });

  it("gives a gateway the time to drain that its configuration names, after it was seen to be unready", () => {
    const { spec } = pod(of("tls-values.yaml"));
    const configs = only(of("tls-values.yaml"), "ConfigMap", "sallyport-config-")["data"] as Texts;
    expect(configs["sallyport-0.yaml"]).toMatch(/drain: 30s\n +finish: 60s\n/);
    expect(spec.terminationGracePeriodSeconds).toBe(30 + 2 * 60 + 15);
    const [{ readinessProbe }] = pod(of("one-values.yaml")).spec.containers as [Container];
    const { periodSeconds, timeoutSeconds, failureThreshold } = readinessProbe!;
    expect((periodSeconds + timeoutSeconds) * failureThreshold).toBeLessThan(15);
    expect(spec.containers[0]!.readinessProbe!.httpGet["scheme"]).toBe("HTTPS");
  });

  it("restarts no gateway because agents fill their listener", () => {
    for (const values of valueFiles) {
      const [container] = pod(of(values)).spec.containers as [Container];
      const { startupProbe, livenessProbe, readinessProbe } = container;
      // The console has neither a limit of connections nor TLS of its own.
      expect(livenessProbe!.httpGet).toEqual({ path: "/livez", port: "console" });
      expect(startupProbe!.httpGet).toEqual(livenessProbe!.httpGet);
      expect(readinessProbe!.httpGet).toMatchObject({ path: "/readyz", port: "agents" });
    }
  });

  it("restarts gateways when the configuration changes, and not when there are more of them", async () => {
    const template = async (...more: string[]) => pod(await rendered("replicas-values.yaml", ...more));
    const before = pod(of("replicas-values.yaml"));
    expect(await template("--set", "replicas=5")).toEqual(before);
    const changed = await template("--set", "config.environment=staging");
    expect(changed.metadata.annotations["checksum/config"]).not.toBe(before.metadata.annotations["checksum/config"]);
  });

  it.each([["files.policy/more\\.rego=package more"], ["files.keys\\.json=changed"], ["config.environment=staging"]])(
    "keeps an edit from pods that are not replaced yet: %s",
    async (edit) => {
      const before = of("replicas-values.yaml");
      const after = await rendered("replicas-values.yaml", "--set", edit);
      const names = (manifests: readonly Manifest[]) =>
        manifests.flatMap(({ kind, metadata }) => (kind === "ConfigMap" ? [metadata.name] : []));
      const mounted = (manifests: readonly Manifest[]) =>
        pod(manifests).spec.volumes.flatMap(
          ({ projected }) => projected?.sources.map((from) => from.configMap.name) ?? [],
        );
      expect(mounted(before)).toEqual(names(before));
      expect(mounted(after)).toEqual(names(after));
      expect(names(after)).toHaveLength(2);
      expect(names(after).filter((name) => names(before).includes(name))).toEqual([]);
      expect(only(after, "ConfigMap", "sallyport-files-")).toMatchObject({ immutable: true });
    },
  );

  it.each([
    ["none runs", 0, 2],
    ["as many run as may", 3, 3],
    ["more run than may", 9, 4],
  ])("leaves autoscaling as many gateways as there are, within its limits, when %s", async (_what, live, left) => {
    const spec = (manifests: readonly Manifest[]) => only(manifests, "StatefulSet")["spec"] as JsonObject;
    const upgraded = await withLiveStatefulSet({ name: "sallyport", replicas: live }, (options) =>
      rendered("autoscaling-values.yaml", ...options),
    );
    expect(spec(upgraded)).toMatchObject({ replicas: left });
    // Without a number Kubernetes would make it 1.
    expect(spec(of("autoscaling-values.yaml"))).toMatchObject({ replicas: 2 });
  });

  it("migrates the store with the same image before gateways are made or replaced, and puts no secret into a manifest", () => {
    const manifests = of("closed-values.yaml");
    const job = only(manifests, "Job");
    expect(job.metadata["annotations"]).toMatchObject({ "helm.sh/hook": "pre-install,pre-upgrade" });
    const [migrate] = pod(manifests, "Job").spec.containers;
    expect(migrate).toMatchObject({
      image: pod(manifests).spec.containers[0]!.image,
      args: ["store", "migrate", "--url", "file:/run/secrets/sallyport/store/dsn"],
    });
    expect(valueFiles.flatMap((values) => of(values).filter(({ kind }) => kind === "Secret"))).toEqual([]);
    expect(of("one-values.yaml").map(({ kind }) => kind)).not.toContain("Job");
    expect(of("policy-values.yaml").map(({ kind }) => kind)).not.toContain("Job");
  });

  it("gives all gateways the same key of their own from a Secret, where the gateway looks for it", () => {
    const { spec } = pod(of("replicas-values.yaml"));
    const mountPath = "/var/lib/sallyport/own-keys";
    expect(spec.containers[0]!["volumeMounts"]).toContainEqual({ name: "own-keys", mountPath, readOnly: true });
    const secret = expect.objectContaining({ secretName: "sallyport-own-keys" });
    expect(spec.volumes).toContainEqual({ name: "own-keys", secret });
    expect(JSON.stringify(pod(of("one-values.yaml")))).not.toContain("own-keys");
  });

  it("opens the console's listener, with the metrics, to those alone who are named", () => {
    const rules = (values: string) => (only(of(values), "NetworkPolicy")["spec"] as { ingress: JsonObject[] }).ingress;
    expect(rules("one-values.yaml").map(({ ports }) => ports)).toEqual([[{ port: "agents" }]]);
    expect(rules("closed-values.yaml").map(({ ports }) => ports)).toEqual([
      [{ port: "agents" }],
      [{ port: "console" }],
    ]);
    const closed = only(of("closed-values.yaml"), "NetworkPolicy")["spec"] as { egress: JsonObject[] };
    expect(closed.egress.map(({ ports, to }) => [JSON.stringify(ports).includes("53,"), JSON.stringify(to)])).toEqual([
      [true, expect.stringContaining("kube-dns")],
      [false, expect.stringContaining("10.0.0.0/24")],
      [false, undefined],
    ]);
    expect(only(of("autoscaling-values.yaml"), "ServiceMonitor")["spec"]).toMatchObject({
      selector: { matchLabels: { "sallyport.dev/listener": "console" } },
      endpoints: [{ port: "console", path: "/metrics", interval: "15s" }],
    });
  });

  it.each([
    ["several gateways on no database", "replicas=2", "set store.existingSecret"],
    ["a value that it does not have", "replica=2", "replica"],
    ["an option that it sets itself", "config.data_dir=/data", "data_dir"],
    ["a time to drain beside its own", "config.listeners.agents.limits.drain=1s", "drain"],
    ["no gateway at all", "replicas=0", "replicas"],
    [
      "agents from outside whom its network policy stops",
      "service.agents.type=LoadBalancer",
      "networkPolicy.agentsFrom",
    ],
    ["people from outside whom its network policy stops", "service.console.type=NodePort", "networkPolicy.consoleFrom"],
    ["two files of one name", "files.a/b=x,files.a__b=y", 'files "a/b" and "a__b"'],
    ["a file in the place of a configuration", "files.sallyport-0\\.yaml=x", 'files "sallyport-0.yaml"'],
  ])("refuses %s", async (_what, change, said) => {
    await expect(rendered("one-values.yaml", "--set", change)).rejects.toThrow(said);
  });

  it("lets callers from outside in whom the network policy names", async () => {
    const open = ["service.agents.type=LoadBalancer", "networkPolicy.agentsFrom[0].ipBlock.cidr=192.0.2.0/24"];
    const manifests = await rendered("one-values.yaml", "--set", open.join(","));
    const { ingress } = only(manifests, "NetworkPolicy")["spec"] as { ingress: JsonObject[] };
    expect(ingress).toEqual([{ ports: [{ port: "agents" }], from: [{ ipBlock: { cidr: "192.0.2.0/24" } }] }]);
  });

  it("names the version that it installs as the package does", () => {
    const { version } = JSON.parse(readFileSync(join(chart, "../../../package.json"), "utf8")) as { version: string };
    expect(readFileSync(join(chart, "Chart.yaml"), "utf8")).toContain(
      `version: ${version}\nappVersion: "${version}"\n`,
    );
  });
});

type Texts = Readonly<Record<string, string>>;

interface Container extends JsonObject {
  readonly image: string;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface Probe extends JsonObject {
  readonly httpGet: JsonObject;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

interface Volume extends JsonObject {
  readonly projected?: { readonly sources: readonly { readonly configMap: { readonly name: string } }[] };
}

interface PodOwner {
  readonly template: {
    readonly metadata: { readonly annotations: Texts };
    readonly spec: {
      readonly terminationGracePeriodSeconds: number;
      readonly containers: readonly Container[];
      readonly volumes: readonly Volume[];
    };
  };
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
