"""The blueprint of `committee`, on which every file of this folder hangs its views."""

from flask import Blueprint

blueprint = Blueprint("committee", __name__)
