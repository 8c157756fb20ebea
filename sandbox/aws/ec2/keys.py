# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Key pairs: right fingerprints, both formats, found by id too, and no private key kept once it was handed out."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from moto.core.responses import ActionResult
from moto.ec2.models.key_pairs import KeyPair
from moto.ec2.utils import generic_filter

from sandbox.aws import key_material
from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError


class Keys(Ec2Base):
    """CreateKeyPair, ImportKeyPair, DescribeKeyPairs, DeleteKeyPair."""

    def create_key_pair(self) -> ActionResult:
        """A key pair of EC2's making: the only time that anybody sees its private key."""
        name = self._free_name()
        self.dry_run()
        key = key_material.generate(self.given("KeyType", "rsa"))
        pair = self._keep(name, key.public_key(), key_material.created_fingerprint(key))
        text = key_material.private_text(key, self.given("KeyFormat", "pem"), name)
        return ActionResult({**_shown(pair), "KeyMaterial": text, "Tags": pair.get_tags()})

    def import_key_pair(self) -> ActionResult:
        """A public key of the caller's."""
        name = self._free_name()
        try:
            key = key_material.parse(self.given("PublicKeyMaterial").strip())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise AwsError("InvalidKey.Format", "Key is not in valid OpenSSH public key format") from error
        self.dry_run()
        pair = self._keep(name, key, key_material.imported_fingerprint(key))
        return ActionResult({**_shown(pair), "Tags": pair.get_tags()})

    def describe_key_pairs(self) -> ActionResult:
        """By name, by id or by filters; with the public key where it is asked for."""
        self.dry_run()
        pairs = list(self.ec2_backend.key_pairs.values())
        if self.given("KeyNames"):
            pairs = [self._pair_named(name) for name in self.given("KeyNames")]
        if self.given("KeyPairIds"):
            pairs = [self._pair_identified(identity) for identity in self.given("KeyPairIds")]
        filters = self._filters_from_querystring()
        found = [self._pair_described(pair) for pair in (generic_filter(filters, pairs) if filters else pairs)]
        return ActionResult({"KeyPairs": found})

    def delete_key_pair(self) -> ActionResult:
        """By name or by id; one that is not there is gone already."""
        if not self.given("KeyName") and not self.given("KeyPairId"):
            raise AwsError("MissingParameter", "The request must contain the parameter KeyName or KeyPairId")
        wanted = (self.given("KeyName"), self.given("KeyPairId"))
        found = [
            pair for pair in self.ec2_backend.key_pairs.values() if pair.key_name == wanted[0] or pair.id == wanted[1]
        ]
        self.dry_run()
        for pair in found:
            del self.ec2_backend.key_pairs[pair.key_name]
            self.ec2_backend.tags.pop(pair.id, None)
        return ActionResult({"Return": True, **({"KeyPairId": found[0].id} if found else {})})

    def _free_name(self) -> str:
        name = str(self.given("KeyName"))
        if name in self.ec2_backend.key_pairs:
            raise AwsError("InvalidKeyPair.Duplicate", f"The keypair '{name}' already exists.")
        return name

    def _keep(self, name: str, key: key_material.PublicKey, fingerprint: str) -> KeyPair:
        # EC2 shows the key under its own name, whatever comment it came with.
        pair = KeyPair(
            name=name,
            key_type=key_material.kind_of(key),
            fingerprint=fingerprint,
            material=b"",
            material_public=f"{key_material.openssh(key)} {name}".encode(),
            tags=self._parse_tag_specification("key-pair").get("key-pair", {}),
            ec2_backend=self.ec2_backend,
        )
        pair.create_time = self.cloud.today()
        self.ec2_backend.key_pairs[name] = pair
        return pair

    def _pair_named(self, name: str) -> KeyPair:
        pair: KeyPair | None = self.ec2_backend.key_pairs.get(name)
        if pair is None:
            raise AwsError("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")
        return pair

    def _pair_identified(self, identity: str) -> KeyPair:
        pairs: list[KeyPair] = list(self.ec2_backend.key_pairs.values())
        found = next((pair for pair in pairs if pair.id == identity), None)
        if found is None:
            raise AwsError("InvalidKeyPair.NotFound", f"The key pair with ID '{identity}' does not exist")
        return found

    def _pair_described(self, pair: KeyPair) -> dict[str, Any]:
        more = {"KeyType": pair.key_type, "CreateTime": pair.create_time, "Tags": pair.get_tags()}
        public = {"PublicKey": pair.public_key} if self.given("IncludePublicKey") else {}
        return {**_shown(pair), **more, **public}


def _shown(pair: KeyPair) -> dict[str, Any]:
    return {"KeyPairId": pair.id, "KeyName": pair.key_name, "KeyFingerprint": pair.key_fingerprint}
