#include "controllers/explain/fixes.h"

#include <algorithm>
#include <array>

namespace threeport::controllers::explain {
namespace {

struct Fix {
  std::string_view reason;
  std::string_view part;  ///< of the message, without case of its own; "": any message
  std::string_view text;
};

/// The first that matches counts.
constexpr std::array kFixes = std::to_array<Fix>({
    {"ImagePullFailed", "not found in", "correct the image's name or tag, or push it to that registry"},
    {"ImagePullFailed", "not a valid image name", "write the image as registry/name:tag"},
    {"ImagePullFailed", "cannot be reached", "correct the registry's host, or make it reachable from the nodes"},
    {"ImagePullFailed", "refuses access", "give the pods an imagePullSecret that may read that repository"},
    {"ImagePullFailed", "", "check the image's name, and that the nodes can pull it"},
    {"CrashLooping", "out of memory", "raise the container's memory limit, or let it use less"},
    {"CrashLooping", "executable file not found", "correct the container's command: the image has no such program"},
    {"CrashLooping", "no such file or directory", "correct the container's command: the image has no such program"},
    {"CrashLooping", "cannot start", "correct the container's command, arguments or mounts"},
    {"CrashLooping", "the job has failed", "read the logs of its pods, correct what fails, then apply the job again"},
    {"CrashLooping", "", "read `tptctl logs` with --previous, and correct what makes the container end"},
    {"Unschedulable", "storageclass", "name a storage class that the cluster has, or add that one"},
    {"Unschedulable", "unbound", "give the volume claim a storage class or a volume that the cluster has"},
    {"Unschedulable", "nsufficient memory", "lower the memory that the pod requests, or add a node"},
    {"Unschedulable", "nsufficient cpu", "lower the CPU that the pod requests, or add a node"},
    {"Unschedulable", "affinity", "correct the node selector or affinity, or label a node for it"},
    {"Unschedulable", "taint", "tolerate the taint, or add a node without it"},
    {"Unschedulable", "", "lower what the pod asks for, or add a node that has it"},
    {"QuotaExceeded", "", "lower what is requested, or raise the ResourceQuota of the namespace"},
    {"Rejected", "ValidatingAdmissionPolicy", "change the object as the policy asks, or the policy"},
    {"Rejected", "admission webhook", "change the object as the webhook asks, or see to the webhook"},
    {"Rejected", "belongs to", "give it another name here, or remove it there"},
    {"Rejected", "failed calling webhook", "see to the webhook: it does not answer the cluster"},
    {"Rejected", "no dependency profile", "correct the Type, or write a DependencyProfile for it"},
    {"Rejected", "mmutable", "delete and apply it again: the cluster does not let this be changed"},
    {"Rejected", "", "correct what the message names, then apply again"},
    {"KindUnknown", "", "install the CustomResourceDefinition on the cluster, or correct apiVersion and kind"},
    {"InvalidManifest", "(line", "correct the document at the line that the message names, then apply again"},
    {"InvalidManifest", "is secret", "take it from the data of a Secret, or as the value of an environment variable"},
    {"InvalidManifest", "there is no", "name something that there is: the message lists it"},
    {"InvalidManifest", "", "correct the member that the message names, then apply again"},
    {"ParamsConflict", "", "give the parameters of the first user, leave them out, or use another ID"},
    {"WouldLoseData", "", "say in the profile how its data moves (Migrate), or that it may be lost (DiscardData)"},
    {"DependencyCycle", "", "let one of them do without the other"},
    {"NamespaceTaken", "", "give the namespace another name, or remove the one that is there"},
    {"RuntimeUnreachable", "",
     "see that the cluster runs and that this address is right and reachable from the server"},
    {"ProvisionerFailed", "may be run", "put the program into a folder of threeportd --command-directory"},
    {"ProvisionerFailed", "may not be run", "start threeportd with --command-directory and the program's folder"},
    {"ProvisionerFailed", "executable", "make the program executable, with an interpreter that is there"},
    {"ProvisionerFailed", "", "see to the program or service that the profile names; then it is tried again"},
    {"CredentialsInvalid", "", "renew the credentials"},
    {"Forbidden", "", "give the user of the kubeconfig the rights that the message names"},
    {"RuntimeNotReady", "", "see to the cluster that the message names"},
    {"DependencyNotReady", "", "wait for what the message names; `tptctl graph` shows how it is"},
    {"DriftFight", "", "find who else writes the object (kubectl get -o yaml --show-managed-fields), or declare it"},
    {"NoController", "", "nothing can be done about it in this build: it stores the kind only"},
    {"InternalError", "", "report it with the server's log: this is a fault of the control plane"},
    {"Deleting", "finalizer", "see to the controller that the finalizer belongs to; kubectl can remove the finalizer"},
    {"Deleting", "", "wait until it is gone; `tptctl delete --abandon` leaves behind what cannot be removed"},
    {"Progressing", "configmap", "make the ConfigMap, or the key of it, that the container names"},
    {"Progressing", "secret", "make the Secret, or the key of it, that the container names"},
    {"Progressing", "probe failed", "correct the probe, or what the container answers to it"},
    {"Progressing", "MountVolume", "make the volume that the pod mounts"},
    {"Progressing", "waiting for a volume", "give the claim a storage class or a volume that the cluster has"},
    {"Progressing", "", "wait; `tptctl events` and `tptctl logs` show how it gets on"},
});

/// Of the control plane's own objects the same reason means something else.
constexpr std::array kFixesOfKinds = std::to_array<std::pair<std::string_view, Fix>>({
    {"KubernetesRuntimeInstance",
     {"CredentialsInvalid", "", "apply a KubernetesRuntime document with a Kubeconfig of valid credentials"}},
    {"KubernetesRuntimeInstance",
     {"Rejected", "", "correct the way to the cluster: Kubeconfig, or APIEndpoint and its certificates"}},
    {"Environment",
     {"RuntimeNotReady", "", "add a cluster that fits with a KubernetesRuntime document, or correct the environment"}},
});

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool fits(const Fix& fix, std::string_view reason, std::string_view message) {
  return fix.reason == reason && contains(message, fix.part);
}

}  // namespace

std::string fix_of(std::string_view kind, std::string_view reason, std::string_view message) {
  for (const auto& [of_kind, fix] : kFixesOfKinds) {
    if (of_kind == kind && fits(fix, reason, message)) return std::string(fix.text);
  }
  const auto found = std::find_if(kFixes.begin(), kFixes.end(), [&](const Fix& f) { return fits(f, reason, message); });
  return std::string(found != kFixes.end() ? found->text
                                           : "correct what the message names; it is tried again by itself");
}

}  // namespace threeport::controllers::explain
