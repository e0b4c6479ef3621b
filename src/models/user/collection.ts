import mongoose from "mongoose";

/**
 * The collection of users, for the modules from which the model is assembled. They cannot import the model, because the
 * model imports them.
 */
export const getUserCollection = () => mongoose.connection.collection("users");
