"""People who sign in. Staff only so far; what each may do is not built yet (docs/modules/access.md)."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from feldsher.foundation.privacy.data_class import DataClass


class UserManager(BaseUserManager["User"]):
    def create_user(self, login: str, *, password: str | None = None) -> "User":
        """Create an active user; without a password nobody can sign in as them."""
        user = self.model(login=login)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A member of staff. The login is not a phone or e-mail, so that it may stand in a log."""

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    login = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "login"

    def __str__(self) -> str:
        return self.login
